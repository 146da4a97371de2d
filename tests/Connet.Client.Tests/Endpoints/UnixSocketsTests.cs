using System.Net.Sockets;
using Connet.Client.Endpoints;
using Connet.Client.Endpoints.Sockets;

namespace Connet.Client.Tests.Endpoints;

/// <summary>Which files a Unix socket takes the place of, and which it leaves alone.</summary>
public sealed class UnixSocketsTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connet-unix-");

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_socket_listens_and_its_file_goes_with_it()
    {
        EndpointAddress address = NewAddress();
        using (Socket listener = await UnixSockets.ListenAsync(address, CancellationToken.None))
        {
            using Socket user = await UnixSockets.ConnectAsync(address, TimeProvider.System, CancellationToken.None);
            using Socket accepted = await listener.AcceptBoundedAsync();
            Assert.That(File.Exists(address.Path));
        }

        Assert.That(File.Exists(address.Path), Is.False);
    }

    [Test]
    public async Task A_relative_path_is_relative_to_the_working_directory()
    {
        string name = Guid.NewGuid().ToString("N") + ".sock";
        using Socket listener = await UnixSockets.ListenAsync(EndpointAddress.Parse($"unix:./{name}"), CancellationToken.None);
        Assert.That(File.Exists(Path.Combine(Environment.CurrentDirectory, name)));
    }

    [Test]
    public async Task The_socket_of_a_program_that_has_ended_is_replaced()
    {
        EndpointAddress address = NewAddress();
        LeaveBehind(address.Path, SocketType.Stream);
        using Socket listener = await UnixSockets.ListenAsync(address, CancellationToken.None);
        using Socket user = await UnixSockets.ConnectAsync(address, TimeProvider.System, CancellationToken.None);
        Assert.That(user.Connected);
    }

    [Test]
    public async Task The_socket_of_a_program_that_lives_is_in_use_and_goes_on()
    {
        EndpointAddress address = NewAddress();
        using Socket other = await UnixSockets.ListenAsync(address, CancellationToken.None);
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), InUse(address));
        using Socket probe = await other.AcceptBoundedAsync();
        using Socket user = await UnixSockets.ConnectAsync(address, TimeProvider.System, CancellationToken.None);
        using Socket accepted = await other.AcceptBoundedAsync();
        Assert.That(accepted.Connected);
    }

    [Test]
    public void The_socket_of_a_program_that_takes_datagrams_is_in_use()
    {
        EndpointAddress address = NewAddress();
        using Socket other = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(address.Path));
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), InUse(address));
        Assert.That(File.Exists(address.Path));
    }

    [Test]
    public async Task The_socket_of_a_program_that_is_busy_is_in_use()
    {
        EndpointAddress address = NewAddress();
        using Socket other = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(address.Path));
        other.Listen(0);
        using Socket waiting = await UnixSockets.ConnectAsync(address, TimeProvider.System, CancellationToken.None);
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), InUse(address));
        Assert.That(File.Exists(address.Path));
    }

    [Test]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        EndpointAddress address = NewAddress();
        await File.WriteAllTextAsync(address.Path, "precious");
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), NoSocket(address));
        Assert.That(await File.ReadAllTextAsync(address.Path), Is.EqualTo("precious"));
    }

    [Test]
    public async Task A_file_that_nobody_may_open_is_left_alone()
    {
        EndpointAddress address = NewAddress();
        await File.WriteAllTextAsync(address.Path, "precious");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(address.Path, UnixFileMode.None);
        }

        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), NoSocket(address));
        Assert.That(File.Exists(address.Path));
    }

    [Test]
    public void A_folder_is_left_alone()
    {
        EndpointAddress address = NewAddress();
        Directory.CreateDirectory(address.Path);
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), NoSocket(address));
        Assert.That(Directory.Exists(address.Path));
    }

    [Test]
    public void A_link_to_a_socket_is_left_alone()
    {
        (EndpointAddress address, EndpointAddress target) = (NewAddress(), NewAddress());
        LeaveBehind(target.Path, SocketType.Stream);
        File.CreateSymbolicLink(address.Path, target.Path);
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None), NoSocket(address));
        Assert.That((File.Exists(address.Path), File.Exists(target.Path)), Is.EqualTo((true, true)));
    }

    [Test]
    [Platform(Include = "Linux", Reason = "mkfifo")]
    public async Task A_named_pipe_is_left_alone_and_not_waited_for()
    {
        EndpointAddress address = NewAddress();
        using System.Diagnostics.Process mkfifo = System.Diagnostics.Process.Start("mkfifo", address.Path);
        await mkfifo.WaitForExitAsync().WaitAsync(SocketPair.Patience);
        Assert.That(async () => await UnixSockets.ListenAsync(address, CancellationToken.None).AsTask().WaitAsync(SocketPair.Patience), NoSocket(address));
        Assert.That(File.Exists(address.Path));
    }

    [Test]
    public void A_folder_that_is_not_there_is_named()
    {
        EndpointAddress address = EndpointAddress.Parse($"unix:{_folder.FullName}/missing/app.sock");
        Assert.That(
            async () => await UnixSockets.ListenAsync(address, CancellationToken.None),
            Throws.TypeOf<ConnetEndpointException>().With.Message.Contains($"the folder {_folder.FullName}/missing does not exist"));
    }

    [Test]
    public void Connecting_says_what_is_missing()
    {
        EndpointAddress nothing = NewAddress();
        Assert.That(
            async () => await UnixSockets.ConnectAsync(nothing, TimeProvider.System, CancellationToken.None),
            Throws.TypeOf<IOException>().With.Message.EqualTo("there is no socket"));
        EndpointAddress stale = NewAddress();
        LeaveBehind(stale.Path, SocketType.Stream);
        Assert.That(
            async () => await UnixSockets.ConnectAsync(stale, TimeProvider.System, CancellationToken.None),
            Throws.TypeOf<IOException>().With.Message.EqualTo("nobody listens at the socket"));
    }

    [Test]
    public async Task Connecting_waits_for_room_in_the_queue_of_the_service()
    {
        EndpointAddress address = NewAddress();
        using Socket service = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        service.Bind(new UnixDomainSocketEndPoint(address.Path));
        service.Listen(1);
        using CancellationTokenSource patience = new(SocketPair.Patience);
        Task<Socket>[] connecting = [.. Enumerable.Range(0, 20).Select(_ => UnixSockets.ConnectAsync(address, TimeProvider.System, patience.Token).AsTask())];
        for (int i = 0; i < connecting.Length; i++)
        {
            (await service.AcceptBoundedAsync()).Dispose();
        }

        foreach (Socket each in await Task.WhenAll(connecting))
        {
            each.Dispose();
        }
    }

    [Test]
    public async Task Waiting_for_room_ends_with_the_token()
    {
        EndpointAddress address = NewAddress();
        using Socket service = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        service.Bind(new UnixDomainSocketEndPoint(address.Path));
        service.Listen(0);
        using Socket first = await UnixSockets.ConnectAsync(address, TimeProvider.System, CancellationToken.None);
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(100));
        Assert.That(async () => await UnixSockets.ConnectAsync(address, TimeProvider.System, patience.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>A socket's file without the socket, as a program that was killed leaves it.</summary>
    private void LeaveBehind(string path, SocketType type)
    {
        string elsewhere = Path.Combine(_folder.FullName, "s" + Guid.NewGuid().ToString("N")[..8]);
        using Socket socket = new(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(elsewhere));
        File.Move(elsewhere, path);
    }

    private EndpointAddress NewAddress() => EndpointAddress.Parse($"unix:{_folder.FullName}/{Guid.NewGuid().ToString("N")[..12]}");

    private static NUnit.Framework.Constraints.EqualStringConstraint InUse(EndpointAddress address) => Throws.TypeOf<ConnetEndpointException>()
        .With.Message.EqualTo($"Another program listens at {address} already: choose another path, or end that program.");

    private static NUnit.Framework.Constraints.EqualStringConstraint NoSocket(EndpointAddress address) => Throws.TypeOf<ConnetEndpointException>()
        .With.Message.EqualTo($"There is a file at {address} that is no socket, so it was left alone: choose another path, or move the file away.");
}
