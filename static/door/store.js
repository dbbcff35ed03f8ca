/* What a phone at the door keeps: what it recorded and has not delivered, its list, and what went wrong. */

const STORES = {
  queue: { keyPath: "order", autoIncrement: true }, // acts in the order in which they happened
  lists: { keyPath: "session" },
  troubles: { keyPath: "nonce" },
};

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("door", 1);
  asked.onupgradeneeded = () => {
    for (const [name, options] of Object.entries(STORES)) asked.result.createObjectStore(name, options);
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/* Runs `work` on one store and resolves with its result when all of it is on the disk: "strict" survives a battery
   that ends in the same second. */
async function inside(name, mode, work) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const asked = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const add = (name, value) => inside(name, "readwrite", (store) => store.add(value));
export const put = (name, value) => inside(name, "readwrite", (store) => store.put(value));
export const get = (name, key) => inside(name, "readonly", (store) => store.get(key));
export const all = (name) => inside(name, "readonly", (store) => store.getAll());
export const remove = (name, key) => inside(name, "readwrite", (store) => store.delete(key));

/* Changes an act that still waits; one that was delivered meanwhile is not brought back. */
export const amend = (order, changes) =>
  inside("queue", "readwrite", (store) => {
    const asked = store.get(order);
    asked.onsuccess = () => asked.result && store.put({ ...asked.result, ...changes });
  });
