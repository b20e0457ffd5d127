/** The shells whose completion we speak. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * What a shell reads to complete our command lines. Each asks the program itself, by its hidden verb `__complete`, so that
 * it never falls behind; where that has nothing to say, the shell completes paths.
 */
export const scripts: Readonly<Record<Shell, string>> = {
  // Bash splits words at `=`, `:` and `@` too: only what is behind the last of those is replaced, an `@` with it.
  bash: `_hub() {
  local line="\${COMP_LINE:0:COMP_POINT}" breaks="\${COMP_WORDBREAKS//[^@:=]/}" prefix='' typed word
  local -a words
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  typed="\${words[-1]}"
  [[ -n "$breaks" && "$typed" == *["$breaks"]* ]] && prefix="\${typed%"\${typed##*["$breaks"]}"}"
  prefix="\${prefix%@}"
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    [[ -n "$word" ]] && COMPREPLY+=("\${word#"$prefix"}")
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _hub hub model-hub
`,
  zsh: `#compdef hub model-hub
_hub() {
  local -a lines names shown
  local line
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    [[ -n "$line" ]] || continue
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  if (( \${#names} )); then compadd -l -d shown -- $names; else _files; fi
}
compdef _hub hub model-hub
`,
  fish: `function __hub_complete
    set -l words (commandline -opc)
    set -l found ($words[1] __complete $words[2..] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c hub -f -a '(__hub_complete)'
complete -c model-hub -f -a '(__hub_complete)'
`,
};
