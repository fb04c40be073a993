// Starts the real program on a fresh database before the tests and stops it after them.
import { Server } from "./server.js";
import { onCallAroundTheClock } from "./world.js";

export default async function setUp(config) {
  const server = await Server.start();
  server.announce();
  // Pictures show the demo as it is.
  if (!config.projects.some((project) => project.name === "shots")) onCallAroundTheClock();
  return () => server.stop();
}
