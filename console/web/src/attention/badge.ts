/** The count of waiting alerts where it is seen from other windows: in the title and on the icon. */

const MOST = 99;
const icon = (count: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#b3261e"/><text x="32" y="47" font-family="sans-serif" font-weight="700" font-size="${count > 9 ? 38 : 46}" text-anchor="middle" fill="#fff">${count > MOST ? `${MOST}+` : count}</text></svg>`;

export const titleOf = (count: number, title: string): string => (count > 0 ? `(${count}) ${title}` : title);
export const iconOf = (count: number): string => (count > 0 ? `data:image/svg+xml,${encodeURIComponent(icon(count))}` : "/icon.svg");

export function showCount(count: number, title: string): void {
  document.title = titleOf(count, title);
  document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", iconOf(count));
}
