/** The protocol of a provider. */
export type Protocol = "anthropic" | "openai" | "google" | "chat";

/** A provider that settings may name. */
export interface ProviderInfo {
  readonly name: string;
  readonly protocol: Protocol;
  readonly baseUrl: string;
  /** Environment variables for the key. The first one with a value counts; messages name the first of the list. */
  readonly keyEnvs: readonly [string, ...string[]];
  /** A description for people. */
  readonly doc: string;
  /** Present for a server on this machine: it needs no key and costs nothing. */
  readonly local?: true;
}

/** All providers behind a network. */
export const providerInfos: readonly ProviderInfo[] = [
  {
    name: "anthropic",
    protocol: "anthropic",
    baseUrl: "https://api.anthropic.com/v1",
    keyEnvs: ["ANTHROPIC_API_KEY"],
    doc: "Claude, by Anthropic's messages API",
  },
  {
    name: "openai",
    protocol: "openai",
    baseUrl: "https://api.openai.com/v1",
    keyEnvs: ["OPENAI_API_KEY"],
    doc: "GPT, by OpenAI's responses API",
  },
  {
    name: "google",
    protocol: "google",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    keyEnvs: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    doc: "Gemini, by Google's generateContent",
  },
  {
    name: "openrouter",
    protocol: "chat",
    baseUrl: "https://openrouter.ai/api/v1",
    keyEnvs: ["OPENROUTER_API_KEY"],
    doc: "many models behind one key",
  },
  {
    name: "groq",
    protocol: "chat",
    baseUrl: "https://api.groq.com/openai/v1",
    keyEnvs: ["GROQ_API_KEY"],
    doc: "open models on fast machines",
  },
  {
    name: "xai",
    protocol: "chat",
    baseUrl: "https://api.x.ai/v1",
    keyEnvs: ["XAI_API_KEY"],
    doc: "Grok",
  },
  {
    name: "ollama",
    protocol: "chat",
    baseUrl: "http://localhost:11434/v1",
    keyEnvs: ["OLLAMA_API_KEY"],
    doc: "Ollama on this machine",
    local: true,
  },
  {
    name: "llamacpp",
    protocol: "chat",
    baseUrl: "http://localhost:8080/v1",
    keyEnvs: ["LLAMA_API_KEY"],
    doc: "llama-server of llama.cpp on this machine",
    local: true,
  },
  {
    name: "vllm",
    protocol: "chat",
    baseUrl: "http://localhost:8000/v1",
    keyEnvs: ["VLLM_API_KEY"],
    doc: "vLLM on this machine",
    local: true,
  },
  {
    name: "lmstudio",
    protocol: "chat",
    baseUrl: "http://localhost:1234/v1",
    keyEnvs: ["LM_API_TOKEN"],
    doc: "LM Studio on this machine",
    local: true,
  },
  {
    name: "openai-compatible",
    protocol: "chat",
    baseUrl: "",
    keyEnvs: ["OPENAI_API_KEY"],
    doc: "any server that speaks chat completions, at base_url",
  },
];

/** A provider by its name; `undefined` for local models, and for unknown names. */
export function providerInfo(name: string): ProviderInfo | undefined {
  return providerInfos.find((info) => info.name === name);
}
