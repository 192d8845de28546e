// Decorates a host with nothing: whoever looks for decorators finds one.

const bound = (host, name) => (typeof host[name] === 'function' ? host[name].bind(host) : host[name]);

exports.wrapHost = (host) => new Proxy(host, { get: bound });
