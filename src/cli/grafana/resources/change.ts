/** The change of an object in Grafana. `provisioned`: it comes from a provisioning file, so it is not changed. */
export interface Change {
  what: 'created' | 'updated' | 'unchanged' | 'provisioned';
  kind: 'data source' | 'folder' | 'dashboard' | 'alert rule';
  title: string;
  note?: string;
}
