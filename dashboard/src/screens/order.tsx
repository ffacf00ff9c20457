export function OrderScreen() {
  return <h1>OrderScreen</h1>;
}
