export { getRequestListener } from "@hono/node-server";
export { Hono } from "hono";
export { z } from "zod";
