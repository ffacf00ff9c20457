// Reads a list of currency rates, one a line, as `tallyho rates import` does: date, currency, and what one unit of it is
// worth in the shop's own, or with a column `per_unit` the other way round. Pure.

export interface ListedRate {
  day: string;
  currency: string;
  value?: string;
  per_unit?: string;
}

export interface ReadRates {
  rates: ListedRate[];
  bad: { line: number; reason: string }[];
}

/** What may be wrong with a line; the words are the reader's language's. */
export type Reason = "day" | "currency" | "rate" | "head";

const NAMES: Record<keyof ListedRate, string[]> = { day: ["date", "day"], currency: ["currency", "code"], value: ["rate", "value"], per_unit: ["per_unit"] };

/** Takes a line apart at commas, semicolons or tabs, whichever it uses; quotation marks around a field are left out. */
function fields(line: string): string[] {
  const separator = line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",";
  return line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
}

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** Returns the rates of a list, and what is wrong with the lines that hold none. */
export function readRates(text: string, say: (reason: Reason, value: string) => string, isCurrency: (code: string) => boolean): ReadRates {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const head = fields((lines[0] ?? "").toLowerCase());
  const hasHead = NAMES.day.includes(head[0] ?? "") || head.some((name) => NAMES.currency.includes(name));
  const names = hasHead ? head : ["date", "currency", "rate"];
  const at = (name: keyof ListedRate) => names.findIndex((one) => NAMES[name].includes(one));
  const [day, currency, value, per_unit] = [at("day"), at("currency"), at("value"), at("per_unit")];
  const found: ReadRates = { rates: [], bad: [] };
  if (day < 0 || currency < 0 || value < 0 === per_unit < 0) {
    found.bad.push({ line: 1, reason: say("head", lines[0] ?? "") });
    return found;
  }
  lines.forEach((line, index) => {
    if (!line.trim() || (hasHead && index === 0)) return;
    const cells = fields(line);
    const code = (cells[currency] ?? "").toUpperCase();
    // A single comma can only stand for the point: fields with commas are parted by something else.
    const rate = (cells[value < 0 ? per_unit : value] ?? "").replace(/^(\d+),(\d+)$/, "$1.$2");
    const wrong: [Reason, string] | null = !isDay(cells[day] ?? "") ? ["day", cells[day] ?? ""] : !isCurrency(code) ? ["currency", code] : !/^\d+(\.\d+)?$/.test(rate) || !/[1-9]/.test(rate) ? ["rate", rate] : null;
    if (wrong) found.bad.push({ line: index + 1, reason: say(...wrong) });
    else found.rates.push({ day: cells[day]!, currency: code, ...(value < 0 ? { per_unit: rate } : { value: rate }) });
  });
  return found;
}
