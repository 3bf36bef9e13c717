/** Whether the environment has an API key. An empty variable, as CI sets for a secret that does not exist, is none. */
export function hasApiKey(env = process.env): boolean {
  return Object.entries(env).some(
    ([name, value = ""]) => name.startsWith("APP_STORE_CONNECT_API_KEY_") && value.trim() !== "",
  );
}
