/** Sessions as the console lists them, and what a browser says of itself in few words. */
import type { SignInAnswer } from "@/api/schema";

export type OpenSession = SignInAnswer;

const BROWSERS: readonly [RegExp, string][] = [
  [/MicroMessenger\/(\d+)/, "WeChat"],
  [/Edg(?:A|iOS)?\/(\d+)/, "Edge"],
  [/(?:HuaweiBrowser)\/(\d+)/, "Huawei Browser"],
  [/MiuiBrowser\/(\d+)/, "Mi Browser"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:Chrome|CriOS|HeadlessChrome)\/(\d+)/, "Chrome"],
  [/Version\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari/, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Windows NT/, "Windows"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** "Firefox 128 · Windows"; the agent's beginning where it is none of these. */
export function agentName(agent: string): string {
  const browser = BROWSERS.map(([form, name]) => ({ name, version: form.exec(agent)?.[1] })).find((one) => one.version);
  const system = SYSTEMS.find(([form]) => form.test(agent))?.[1];
  return browser ? [`${browser.name} ${browser.version}`, system].filter(Boolean).join(" · ") : agent.slice(0, 40);
}
