#!/usr/bin/env node
// The `virgl` command: thin; every verb is a call of the library.

import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { addAssemble } from './assemble-command';
import { addCheck } from './check-command';
import { addDoctor } from './doctor-command';
import { addDump } from './dump-command';
import { addExplain } from './explain-command';
import { addGuest } from './guest-command';
import { addInfo } from './info-command';
import { reportFailure, USAGE_EXIT_CODE } from './failure';
import { addRender } from './render-command';
import { addRun } from './run-command';
import { addTrace } from './trace-command';
import { addVhostUserGpu } from './vhost-user-gpu-command';
import { addView } from './view-command';
import { addVtest } from './vtest-command';

const { version } = JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('virgl')
  .description('Drive virglrenderer, the host side of virtio-gpu 3D')
  .version(version)
  .showHelpAfterError('(virgl --help tells more)')
  .enablePositionalOptions()
  // commander exits with 1 for wrong usage, which is kept for failures here.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE_EXIT_CODE))
  .addHelpText(
    'after',
    `
Examples:
  virgl info              what renders here, and what it can do
  virgl info --json       the same for programs
  virgl doctor            what is missing, and what to do about it
  virgl explain 786440    what a number or name of the protocol means
  virgl dump FILE         a command stream as text
  virgl assemble FILE     text back to a command stream
  virgl check FILE        what a host would refuse or ignore
  virgl render triangle   one of the examples, as a PNG
  virgl vtest             render for stock Mesa clients, as virgl_test_server does
  virgl vhost-user-gpu    be the GPU of a virtual machine in QEMU
  virgl run -- PROGRAM    an unmodified OpenGL program on a private server
  virgl trace --help      record what a program draws, and look into it
  virgl view --help       look at a trace or an example in a browser
  virgl guest --help      boot a small Linux on our GPU`,
  );

addInfo(program);
addDoctor(program);
addExplain(program);
addDump(program);
addAssemble(program);
addCheck(program);
addRender(program);
addVtest(program);
addVhostUserGpu(program);
addRun(program);
addTrace(program);
addGuest(program);
addView(program);

program.parseAsync().catch(reportFailure);
