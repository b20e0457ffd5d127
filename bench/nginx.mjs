import { pageAddress } from './content.mjs';

/**
 * The configuration of an nginx that plays a hub for `repos` and, on a second port, the CDN that its redirects lead to. All
 * its answers are files below `folder/www`, so that no server of ours limits what is measured.
 *
 * @param options.limitRate  nginx's `limit_rate` for each answer of the CDN
 */
export function nginxConfiguration({ folder, repos, tls, limitRate, host, hubPort, cdnPort, cdn }) {
  const files = repos.flatMap((repo) => repo.files);
  const map = (source, name, rows) =>
    `map ${source} $${name} {\n default "";\n${rows.map(([key, value]) => ` "${key}" '${value}';\n`).join('')}}`;
  const secure = tls ? ` ssl` : '';
  const nextPages = repos.flatMap(({ id, commit, pages }) =>
    Array.from({ length: pages - 1 }, (_, page) => {
      const address = `/api/models/${id}/tree/${commit}`;
      const next = `<$scheme://$http_host${address}?recursive=true&expand=false&cursor=${page + 1}>; rel="next"`;
      return [`${pageAddress({ id, commit }, page)}`, next];
    }),
  );
  const root = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off; worker_processes 2; ${root} pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 8192; }
http {
  log_format wire '$connection $status $body_bytes_sent $request_method $request_uri';
  access_log ${folder}/access.log wire;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/nginx-temp;`).join(' ')}
  sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 120s;
  default_type application/octet-stream; root ${folder}/www;
  map_hash_max_size 32768; map_hash_bucket_size 256; client_body_in_single_buffer on;
  ${tls ? `ssl_certificate ${folder}/ca.pem; ssl_certificate_key ${folder}/key.pem; ssl_protocols TLSv1.3;` : ''}
  ${map(
    '$uri',
    'oid',
    files.map(({ address, oid }) => [address, oid]),
  )}
  ${map(
    '$uri',
    'linked_size',
    files.filter(({ lfs }) => lfs).map(({ address, size }) => [address, size]),
  )}
  map $linked_size $linked_etag { "" ""; default '"$oid"'; }
  map $uri $repo_commit { ~/resolve/(?<commit>[0-9a-f]+)/ $commit; }
  ${map('$uri', 'next_page', nextPages)}
  map $http_x_question $asked_path { ~paths....(?<asked>[^"]+) $asked; }
  server {
    listen ${host}:${hubPort}${secure};
    location ~ /tree/ { default_type application/json; add_header Link $next_page; try_files $uri-$arg_cursor =404; }
    location ~ /paths-info/ {
      proxy_method GET; proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_set_header X-Question $request_body; proxy_pass http://unix:${folder}/paths.sock;
    }
    location /api/ { default_type application/json; }
    location / {
      etag off;
      add_header ETag '"$oid"'; add_header X-Repo-Commit $repo_commit;
      add_header X-Linked-Etag $linked_etag; add_header X-Linked-Size $linked_size;
      if ($linked_size) { return 302 ${cdn}$uri; }
    }
  }
  server { listen unix:${folder}/paths.sock; access_log off; default_type application/json; location / { try_files $uri/$asked_path =404; } }
  server { listen ${host}:${cdnPort}${secure}; ${limitRate ? `limit_rate ${limitRate};` : ''} }
}
`;
}
