export function Funnels() {
  return <h1>Funnels</h1>;
}
