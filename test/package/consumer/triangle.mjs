import { Renderer } from 'virgl';
import * as protocol from 'virgl/protocol';
import { draw } from './draw.cjs';

console.log(JSON.stringify(await draw({ Renderer }, protocol)));
