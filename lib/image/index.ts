// Pixels into files and back.

export { decodePng, encodePng, type Image } from './png';
