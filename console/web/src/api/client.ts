/** Calls to the console: session cookie, CSRF header, problem+json as one kind of error. */

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly key: string,
    readonly detail: string,
    readonly values: Record<string, unknown> = {},
  ) {
    super(detail || key);
  }
}

let csrf = "";
let language = "zh-CN";
let lost: () => void = () => undefined;

export const setCsrf = (value: string): void => void (csrf = value);
export const setApiLanguage = (value: string): void => void (language = value);
/** What happens when the server says that nobody is logged in any more. */
export const onSessionLost = (then: () => void): void => void (lost = then);

export type Query = Record<string, string | number | null | undefined>;

export function address(path: string, query: Query = {}): string {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") asked.set(key, String(value));
  }
  const text = asked.toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

async function call<T>(method: string, url: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language, ...more };
  if (method !== "GET") headers["X-CSRF"] = csrf;
  const raw = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : raw ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, "network", "");
  }
  const text = await response.text();
  const read = text && (response.headers.get("content-type") ?? "").includes("json") ? (JSON.parse(text) as unknown) : null;
  if (response.ok) return read as T;
  const said = (read ?? {}) as { key?: string; detail?: string; values?: Record<string, unknown> };
  if (response.status === 401 && said.key !== "login.wrong") lost();
  throw new Problem(response.status, said.key ?? `http.${response.status}`, said.detail ?? "", said.values ?? {});
}

export interface LiveAnswer {
  sdp: string;
  /** Where to end it. */
  location: string;
  transcoded: boolean;
  /** Nobody may be recognised by who looks. */
  blurred: boolean;
}
/** A WHEP offer (RFC 9725) and its answer. */
export async function offerLive(path: string, query: Query, sdp: string): Promise<LiveAnswer> {
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method: "POST",
      headers: { "Content-Type": "application/sdp", "Accept-Language": language, "X-CSRF": csrf },
      body: sdp,
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, "network", "");
  }
  const text = await response.text();
  if (response.ok) {
    return { sdp: text, location: response.headers.get("Location") ?? "", transcoded: response.headers.get("X-Transcoded") === "1", blurred: response.headers.get("X-Blurred") === "1" };
  }
  throw refusal(response.status, text);
}
/** An answer without end. Throws a Problem when it is refused. */
export async function fragmented(path: string, query: Query, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path, query), { headers: { "Accept-Language": language }, credentials: "same-origin", signal });
  } catch {
    throw new Problem(0, "network", "");
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.text());
}
/** A POST whose answer comes piece by piece, until `signal` aborts it. Throws a Problem when it is refused. */
export async function streamed(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language, "X-CSRF": csrf },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(0, "network", "");
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.text());
}
function refusal(status: number, text: string): Problem {
  const said = (text.startsWith("{") ? JSON.parse(text) : {}) as { key?: string; detail?: string };
  if (status === 401) lost();
  return new Problem(status, said.key ?? `http.${status}`, said.detail ?? "");
}

/** A person touched the page. */
export const here = (): Promise<unknown> => call("POST", "/api/me/here", {}, { "X-Acted": "1" });
export const get = <T>(path: string, query: Query = {}): Promise<T> => call<T>("GET", address(path, query));
export const post = <T>(path: string, body: unknown = {}): Promise<T> => call<T>("POST", `/api${path}`, body);
/** Said by this person alone: refused (`session.other`) when somebody else is logged in by now. */
export const postAs = <T>(account: string, path: string, body: unknown = {}): Promise<T> =>
  call<T>("POST", `/api${path}`, body, { "X-Account": account });
/** A file as it is. */
export const upload = <T>(path: string, file: Blob, query: Query = {}): Promise<T> => call<T>("POST", address(path, query), file);
/** A file as it is, said by this person alone. */
export const uploadAs = <T>(account: string, path: string, file: Blob): Promise<T> =>
  call<T>("POST", `/api${path}`, file, { "X-Account": account });
export const put = <T>(path: string, body: unknown = {}): Promise<T> => call<T>("PUT", `/api${path}`, body);
export const remove = <T>(path: string): Promise<T> => call<T>("DELETE", `/api${path}`);
