// Starts the real program on a fresh database before the tests and stops it after them.
import { Server } from "./server.js";
import { onCallAroundTheClock } from "./world.js";

export default async function setUp() {
  const server = await Server.start();
  server.announce();
  onCallAroundTheClock();
  return () => server.stop();
}
