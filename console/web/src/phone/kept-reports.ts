/** Reports that wait on this phone, each with its picture or voice: in IndexedDB, since bytes have no room in localStorage. Each
 * person's own, like the letters of `ui/outbox`. */

export interface KeptReport {
  id: string;
  /** The account that wrote it. */
  owner: string;
  kind: string;
  words: string;
  /** Epoch seconds by this phone. */
  at: number;
  promised: "" | "photo" | "voice";
  lon?: number;
  lat?: number;
  accuracy_m?: number;
  /** Of a picture of a task (kind `task`). */
  dispatch_id?: string;
  bytes: ArrayBuffer | null;
  type: string;
  /** Not sent before (epoch seconds), so that the phone's place may still be added. */
  notBefore: number;
  /** The words are with the server; the picture or voice is not. */
  saidAt: number | null;
  /** Why the server won't have it, in its words. */
  refused: string;
}

export interface ReportKeep {
  all(): Promise<KeptReport[]>;
  put(one: KeptReport): Promise<void>;
  remove(id: string): Promise<void>;
}

const DB = "lianqin-reports";
const STORE = "reports";

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((then, fail) => {
    request.onsuccess = () => then(request.result);
    request.onerror = () => fail(request.error ?? new Error("indexedDB"));
  });
const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((then, fail) => {
    transaction.oncomplete = () => then();
    transaction.onabort = transaction.onerror = () => fail(transaction.error ?? new Error("indexedDB"));
  });

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DB, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  return asked(request);
}

/** On the phone's disk; a write has reached it when its promise is kept. */
export function onDisk(): ReportKeep {
  let opened: Promise<IDBDatabase> | null = null;
  const db = (): Promise<IDBDatabase> => (opened ??= open());
  const write = async (work: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = (await db()).transaction(STORE, "readwrite");
    work(transaction.objectStore(STORE));
    await done(transaction);
  };
  return {
    all: async () => asked((await db()).transaction(STORE).objectStore(STORE).getAll() as IDBRequest<KeptReport[]>),
    put: (one) => write((store) => void store.put(one)),
    remove: (id) => write((store) => void store.delete(id)),
  };
}

/** For a browser without a database (some private windows), and for tests: kept as long as the page is open. */
export function inMemory(): ReportKeep {
  const kept = new Map<string, KeptReport>();
  return {
    all: () => Promise.resolve([...kept.values()]),
    put: (one) => Promise.resolve(void kept.set(one.id, one)),
    remove: (id) => Promise.resolve(void kept.delete(id)),
  };
}
