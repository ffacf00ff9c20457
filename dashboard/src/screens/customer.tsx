export function CustomerScreen() {
  return <h1>CustomerScreen</h1>;
}
