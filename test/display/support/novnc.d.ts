// noVNC has no types of its own, and we use its inner modules.
declare module '*/@novnc/novnc/core/inflator.js' {
  const Inflator: new () => unknown;
  export default Inflator;
}
declare module '*/@novnc/novnc/core/decoders/raw.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
declare module '*/@novnc/novnc/core/decoders/zlib.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
declare module '*/@novnc/novnc/core/decoders/zrle.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
declare module '*/@novnc/novnc/core/decoders/tight.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
declare module '*/@novnc/novnc/core/decoders/tightpng.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
declare module '*/@novnc/novnc/core/decoders/copyrect.js' {
  const Decoder: new () => unknown;
  export default Decoder;
}
