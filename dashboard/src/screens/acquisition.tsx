export function Acquisition() {
  return <h1>Acquisition</h1>;
}
