import type { DeviceAnswer, RefusedRegistrationAnswer, RegistrationAnswer } from "@/api/schema";

/** A registration that was refused. `terminal`: maker, model and id as it said them. */
export type RefusedRegistration = RefusedRegistrationAnswer;

/** What a terminal that registered came to; times in epoch seconds. */
export type Registration = RegistrationAnswer;

export type Device = DeviceAnswer;
