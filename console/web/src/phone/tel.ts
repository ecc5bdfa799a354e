/** The address that rings a number. */
export const tel = (phone: string): string => `tel:${phone.replace(/\s/g, "")}`;
