// The data of the page: JSON, compressed, in a script element of its own.
/* exported loadData */

async function loadData() {
  const packed = Uint8Array.from(atob(document.getElementById('data').textContent.trim()), (c) =>
    c.charCodeAt(0),
  );
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(unpacked).text());
}
