export function Carts() {
  return <h1>Carts</h1>;
}
