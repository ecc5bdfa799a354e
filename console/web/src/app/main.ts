import "@/app/tokens.css";
import "@/app/base.css";
import "@/app/print.css";

import { createPinia } from "pinia";
import { createApp } from "vue";

import App from "@/app/App.vue";
import { onSessionLost } from "@/api/client";
import { i18n } from "@/app/i18n";
import { router } from "@/app/router";
import { usePrefs } from "@/app/prefs";
import { useSession } from "@/app/session";

const app = createApp(App);
app.use(createPinia());
app.use(i18n);
const texts = usePrefs().ready();
onSessionLost(() => {
  const session = useSession();
  if (!session.me) return;
  session.forget();
  void router.push({ name: "login", query: { then: router.currentRoute.value.fullPath, ended: "1" } });
});
app.use(router);
// A page without its texts is worse than none; while they come the router asks who is here and fetches the page.
void texts.then(() => app.mount("#app"));
