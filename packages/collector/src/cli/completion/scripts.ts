/** The shells that have completion. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell that has completion. */
export type Shell = (typeof SHELLS)[number];

/**
 * The completion scripts. They ask `otelier __complete`, so that they are always those of the installed version. It
 * prints a value and a description per line, separated by a tab, and `:files` or `:directories` for paths.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  // Readline replaces only the part of the word after the last of the characters `:`, `=` and `@`, unless they are quoted.
  bash: `# Completion of otelier in bash. Add this line to ~/.bashrc:
#   source <(otelier completion bash)
_otelier() {
  local line="\${COMP_LINE:0:COMP_POINT}" word prefix value rest path
  word="\${line##*[[:space:]]}"
  prefix="\${word%"\${word##*[:=@]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    case "$value" in
      :files | :directories)
        local action=-f
        [[ $value == :directories ]] && action=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$action" -- "\${word#"$prefix"}")
        ;;
      *)
        printf -v value '%q' "$value"
        COMPREPLY+=("\${value#"$prefix"}")
        ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "$line" 2>/dev/null)
}
complete -F _otelier otelier`,

  zsh: `#compdef otelier
# Completion of otelier in zsh. Add this line to ~/.zshrc, after compinit:
#   source <(otelier completion zsh)
_otelier() {
  local -a candidates
  local value description line="\${(j: :)words[1,CURRENT-1]} $PREFIX"
  while IFS=$'\\t' read -r value description; do
    case "$value" in
      :files) _files ;;
      :directories) _files -/ ;;
      *) candidates+=("\${value//:/\\\\:}:\${description}") ;;
    esac
  done < <("\${words[1]}" __complete -- "$line" 2>/dev/null)
  (( $#candidates )) && _describe -t otelier otelier candidates
}
compdef _otelier otelier`,

  fish: `# Completion of otelier in fish. Write it to a file:
#   otelier completion fish > ~/.config/fish/completions/otelier.fish
function __otelier_complete
  for candidate in (otelier __complete -- (commandline -cp) 2>/dev/null)
    switch $candidate
      case :files
        __fish_complete_path (commandline -ct)
      case :directories
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $candidate
    end
  end
end
complete -c otelier -f -a '(__otelier_complete)'`,
};
