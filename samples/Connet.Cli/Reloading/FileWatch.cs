namespace Connet.Cli.Reloading;

/// <summary>
/// Notices that files have changed, by looking at them now and then: that works on every file system, and with files that are replaced rather
/// than written. Not thread safe.
/// </summary>
internal sealed class FileWatch
{
    private Dictionary<string, FileStamp> _known = [];
    private Dictionary<string, FileStamp>? _unsettled;

    /// <summary>Watches files in place of those so far. Their state so far counts as known.</summary>
    public void Watch(IEnumerable<string> files)
    {
        _known = files.Distinct().ToDictionary(file => file, file => _known.TryGetValue(file, out FileStamp stamp) ? stamp : FileStamp.Of(file));
        _unsettled = null;
    }

    /// <summary>Takes the state of the files as known.</summary>
    public void Accept()
    {
        _known = Look();
        _unsettled = null;
    }

    /// <summary>Looks at the files. A change counts once two looks in a row have seen the same: until then somebody may be writing.</summary>
    /// <returns>Whether a change counts now.</returns>
    public bool HasChanged()
    {
        Dictionary<string, FileStamp> now = Look();
        if (Same(now, _known))
        {
            _unsettled = null;
            return false;
        }

        if (_unsettled is null || !Same(now, _unsettled))
        {
            _unsettled = now;
            return false;
        }

        Accept();
        return true;
    }

    private static bool Same(Dictionary<string, FileStamp> first, Dictionary<string, FileStamp> second) => first.All(each => second[each.Key] == each.Value);

    private Dictionary<string, FileStamp> Look() => _known.Keys.ToDictionary(file => file, FileStamp.Of);
}
