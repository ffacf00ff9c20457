/** What is kept on the device: small texts in localStorage, or in this page's memory where that is blocked, full or refused. */

const here: Record<string, string> = {};
let mayKeep = true;

/** Says whether anything may be kept beyond this page; what was kept before goes where it may not. */
export function allow(keep: boolean): void {
  mayKeep = keep;
  if (!keep) {
    for (const name of ["o", "p"]) {
      const text = read(name);
      if (text) here[name] = text;
      try {
        localStorage.removeItem("tly." + name);
      } catch {}
    }
  }
}

/** Returns what is kept under `name`; "" for nothing. */
export function read(name: string): string {
  try {
    return localStorage.getItem("tly." + name) || here[name] || "";
  } catch {
    return here[name] || "";
  }
}

/** Keeps `text` under `name`. */
export function write(name: string, text: string): void {
  delete here[name];
  try {
    if (mayKeep && text) return localStorage.setItem("tly." + name, text);
    localStorage.removeItem("tly." + name);
  } catch {}
  here[name] = text;
}

/** Returns the cookie `name`; "" for none. */
export function cookie(name: string): string {
  const found = ("; " + document.cookie).split("; " + name + "=")[1];
  return found ? found.split(";")[0]! : "";
}

/** Sets the cookie `name` for `seconds` on the widest domain that the browser allows for this host. */
export function setCookie(name: string, value: string, seconds: number): void {
  const parts = location.hostname.split(".");
  const rest = "; path=/; max-age=" + seconds + "; samesite=lax" + (location.protocol == "https:" ? "; secure" : "");
  // From the shortest domain on: what the browser refuses (a public suffix) is not there afterwards.
  for (let n = parts.length > 1 ? 2 : 1; n <= parts.length; n++) {
    const domain = n > 1 && !/^[\d.]+$/.test(location.hostname) ? "; domain=" + parts.slice(-n).join(".") : "";
    document.cookie = name + "=" + value + domain + rest;
    if ((cookie(name) == value) == seconds > 0) return;
  }
}
