// Looking at libvirglrenderer without starting it.

import { addon, callNative, type LibraryDescription } from './addon';
import { type LibraryRelease, libraryRelease } from './library-release';

/** A library that was found. */
export interface InspectedLibrary extends LibraryDescription, LibraryRelease {}

/**
 * Opens the library and looks up its functions.
 * @param libraryPath default `libvirglrenderer.so.1` from the loader's search path
 * @throws VirglError `ERR_VIRGL_ADDON` or `ERR_VIRGL_LIBRARY`
 */
export const inspectLibrary = (libraryPath = ''): InspectedLibrary => {
  const description = callNative(() => addon().openLibrary(libraryPath));
  return { ...description, ...libraryRelease(description) };
};
