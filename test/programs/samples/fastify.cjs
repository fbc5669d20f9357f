// What `fastify start` is given.
module.exports = async (fastify, _options) => {
  fastify.get('/users/:id', async (request) => ({ id: request.params.id }));
};
