export { namedRepos } from '../../../operations/named-repos.js';
