export function Cohorts() {
  return <h1>Cohorts</h1>;
}
