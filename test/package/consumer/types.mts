import { type Context, Renderer, VirglError } from 'virgl';
import { CommandEncoder, Format, Primitive } from 'virgl/protocol';
import { parseTgsi } from 'virgl/shader';

export const draw = async (context: Context): Promise<void> => {
  const encoder = new CommandEncoder().drawVbo({ count: 3, mode: Primitive.TRIANGLES });
  await context.submit(encoder);
};

export const open = async (): Promise<string> => {
  const renderer: Renderer = await Renderer.open({ platform: 'surfaceless' });
  const code: VirglError['code'] = 'ERR_VIRGL_CLOSED';
  return `${renderer.info.renderer} ${Format.R8G8B8A8_UNORM} ${code} ${parseTgsi('FRAG\nEND\n').stage}`;
};

// @ts-expect-error a primitive is not a string
new CommandEncoder().drawVbo({ count: 3, mode: 'TRIANGLES' });
