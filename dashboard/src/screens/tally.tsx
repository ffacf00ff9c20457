export function Tally() {
  return <h1>Tally</h1>;
}
