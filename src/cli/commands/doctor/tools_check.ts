import { counted } from "../../../frontends/counted.ts";
import type { Config } from "../../config.ts";
import type { World } from "../../world.ts";
import { testedServers } from "../../tool_servers.ts";
import { broken, type DoctorFinding, fine } from "./finding.ts";

/** The tool servers of the configuration. They are other programs, so they start only if the user says so. */
export async function toolFindings(
  config: Config,
  world: World,
  options: { readonly tools: boolean },
): Promise<readonly DoctorFinding[]> {
  const about = "tools";
  const names = config.servers.map(({ name }) => name);
  if (names.length === 0) return [fine(about, "no tool servers are configured")];
  if (!options.tools) return [fine(about, `${names.join(", ")}; --tools starts them`, { servers: names })];
  const tested = await testedServers(config, world, { timeoutMs: startMs });
  return tested.map(({ name, tools = 0, error }) =>
    error === undefined
      ? fine(about, `${name} starts, and has ${counted(tools, "tool")}`, {
        server: name,
        tools,
      })
      : broken(about, error, `check [mcp.servers.${name}] in playbooks.toml`, { server: name })
  );
}

/** A first start may download a package. */
const startMs = 60_000;
