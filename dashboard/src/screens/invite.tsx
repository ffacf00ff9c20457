export function Invite() {
  return <h1>Invite</h1>;
}
