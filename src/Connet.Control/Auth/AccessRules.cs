namespace Connet.Control.Auth;

/// <summary>Who may do what, at one time. Replaced as a whole when the server's options are read again.</summary>
internal sealed record AccessRules(TokenTable ClientTokens, TokenTable RelayTokens);
