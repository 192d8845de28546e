// noVNC's modules look for a window when they are loaded; those that decode use no more of it than this.

Object.assign(globalThis, { window: { console } });
