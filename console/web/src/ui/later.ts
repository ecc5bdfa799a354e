/** A part of the page that is fetched when it is first shown. */

import { defineAsyncComponent, type Component } from "vue";

import NotCome from "@/ui/NotCome.vue";
import StillComing from "@/ui/StillComing.vue";

/** While it comes the page says so; without network it says that, with a button to try again by opening the page anew. */
export const later = <T extends Component>(load: () => Promise<{ default: T }>): Component =>
  defineAsyncComponent({ loader: load, loadingComponent: StillComing, errorComponent: NotCome, delay: 200 });
