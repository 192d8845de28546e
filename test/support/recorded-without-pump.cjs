// Records a session, but offers nobody a pump: every call goes through the recorder.

const path = require('node:path');

const { wrapHost } = require(path.join(__dirname, '..', '..', 'dist', 'trace', 'record', 'vtest-module.js'));

exports.wrapHost = async (host, options, client) =>
  Object.assign(await wrapHost(host, options, client), { startPump: undefined });
