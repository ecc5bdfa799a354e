/** A clock that no browser slows down while the page is out of sight. */
self.setInterval(() => self.postMessage(0), 1000);
export {};
