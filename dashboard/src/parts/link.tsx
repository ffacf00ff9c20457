// Addresses that strangers sent: a link only if it leads to the web, and never one that tells the other side of us.

import { t } from "../i18n";

/** Returns the address if it is one of the web. */
export function webAddress(text: string | null | undefined): string | null {
  if (!text) return null;
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export function OutLink({ url, children }: { url: string | null | undefined; children?: string }) {
  const safe = webAddress(url);
  if (!safe) return <>{url ?? t("unknown")}</>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children ?? url}
    </a>
  );
}
