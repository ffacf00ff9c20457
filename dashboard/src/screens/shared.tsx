export function Shared() {
  return <h1>Shared</h1>;
}
