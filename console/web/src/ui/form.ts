import { type Ref, ref } from "vue";

import { sentence } from "@/ui/toasts";

export interface Sending {
  /** It is on its way: its buttons wait. */
  busy: Ref<boolean>;
  /** Why it was refused, in the reader's language; empty before and while it is sent again. */
  wrong: Ref<string>;
  /** One sending at a time: what is asked meanwhile is left out. True: it was taken. `refused` hears the error too. */
  send: (work: () => Promise<unknown>, refused?: (error: unknown) => void) => Promise<boolean>;
}

/** A form's way to the server. `tell`: where an error is told instead of in `wrong`, as by a toast. */
export function useForm(tell?: (error: unknown) => void): Sending {
  const busy = ref(false);
  const wrong = ref("");
  async function send(work: () => Promise<unknown>, refused?: (error: unknown) => void): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    wrong.value = "";
    try {
      await work();
      return true;
    } catch (error) {
      if (tell) tell(error);
      else wrong.value = sentence(error);
      refused?.(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, wrong, send };
}
