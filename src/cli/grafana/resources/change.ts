/** What became of a thing in Grafana. `provisioned`: it comes from a file of Grafana's, which is left to have its way. */
export interface Change {
  what: 'created' | 'updated' | 'unchanged' | 'provisioned';
  kind: 'data source' | 'folder' | 'dashboard';
  title: string;
  note?: string;
}
