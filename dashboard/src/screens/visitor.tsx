export function VisitorScreen() {
  return <h1>VisitorScreen</h1>;
}
