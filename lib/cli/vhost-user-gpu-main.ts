#!/usr/bin/env node
// `virgl vhost-user-gpu` as a program of its own: management tools of QEMU start backends without a verb.

process.argv.splice(2, 0, 'vhost-user-gpu');
// It parses the command line when it is loaded.
void import('./main.js');
