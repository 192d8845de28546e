const { draw } = require('./draw.cjs');

draw(require('virgl'), require('virgl/protocol')).then((pixels) => console.log(JSON.stringify(pixels)));
