//! What the machine draws: the reading now, what it was over the last minutes, and the energy since the plant began.
//!
//! - Energy is the integral of the readings without their noise, from change of state to change of state; nothing ticks.
//! - Least, mean and most are of readings at regular times, so they hold what somebody who looked would have seen.
use std::{collections::VecDeque, time::Duration};

use super::{Server, SimTime, machine::Machine, sensors::SensorState};
use crate::persona::{SensorData, SensorKind, SensorOf};

/// Plant time between two readings that are remembered.
const STEP: Duration = Duration::from_secs(20);
/// Readings remembered: those of the last twenty minutes.
const KEPT: usize = 60;

/// What the meter says at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeterView {
    /// Drawn now, in watts; `None` if nothing measures it now.
    pub watts: Option<f64>,
    /// Least over the interval.
    pub least: Option<f64>,
    /// Mean over the interval.
    pub mean: Option<f64>,
    /// Most over the interval.
    pub most: Option<f64>,
    /// Drawn since the plant began, in joules.
    pub joules: f64,
}

/// The meter of one machine.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Drawn until `at`.
    joules: f64,
    at: SimTime,
    /// Readings until then: which step, and watts.
    readings: VecDeque<(u64, f32)>,
}

/// The sensors that say what a machine draws: its own, or those of its supplies.
fn measuring(sensors: &[SensorData]) -> impl Iterator<Item = usize> + '_ {
    let power = |of: SensorOf| {
        move |(_, data): &(usize, &SensorData)| data.kind == SensorKind::Power && data.of == of
    };
    let own = sensors.iter().enumerate().find(power(SensorOf::System));
    let supplies = sensors.iter().enumerate().filter(power(SensorOf::PowerSupply));
    let supplies = supplies.filter(move |_| own.is_none());
    own.into_iter().chain(supplies).map(|(index, _)| index)
}

/// The steps in a span of time, its beginning left out.
fn steps(from: SimTime, to: SimTime) -> std::ops::RangeInclusive<u64> {
    from.as_secs() / STEP.as_secs() + 1..=to.as_secs() / STEP.as_secs()
}

impl Machine {
    fn measured<'a>(&'a self) -> impl Iterator<Item = (&'a SensorData, &'a SensorState)> + 'a {
        let sensors = self.spec.sensors();
        measuring(sensors).filter_map(move |index| Some((sensors.get(index)?, self.sensors.get(index)?)))
    }

    /// The reading at a time in the present state.
    fn draw(&self, at: SimTime) -> Option<f64> {
        if !self.supplies.iter().any(|input| *input) {
            return None;
        }
        let readings =
            self.measured().filter_map(|(data, state)| state.value(data, at, self.seed, self.stream));
        readings.reduce(|sum, watts| sum + watts)
    }

    /// Joules of a span of time in the present state.
    fn drawn(&self, from: SimTime, to: SimTime) -> f64 {
        if !self.supplies.iter().any(|input| *input) {
            return 0.0;
        }
        self.measured().map(|(data, state)| state.integral(data, from, to)).sum()
    }

    fn read_steps(&self, from: SimTime, to: SimTime) -> impl Iterator<Item = (u64, f64)> + '_ {
        let steps = steps(from, to);
        // What is older than what is remembered need not be computed.
        let first = (*steps.start()).max((*steps.end() + 1).saturating_sub(KEPT as u64));
        (first..=*steps.end()).filter_map(|step| {
            let at = STEP.saturating_mul(u32::try_from(step).ok()?);
            Some((step, self.draw(at)?))
        })
    }

    /// Reads the meter before something changes what is drawn.
    pub(super) fn read_meter(&mut self, now: SimTime) {
        let from = self.meter.at;
        let joules = self.drawn(from, now);
        let read: Vec<_> = self.read_steps(from, now).collect();
        let meter = &mut self.meter;
        meter.joules += joules;
        meter.at = now;
        for (step, watts) in read {
            if meter.readings.len() == KEPT {
                meter.readings.pop_front();
            }
            // A reading has far fewer digits than this keeps.
            #[allow(clippy::cast_possible_truncation)]
            meter.readings.push_back((step, watts as f32));
        }
    }

    fn meter_view(&self, now: SimTime, interval: Duration) -> MeterView {
        let meter = &self.meter;
        let since = now.saturating_sub(interval);
        let first = since.as_secs() / STEP.as_secs();
        let before = meter.readings.iter().map(|(step, watts)| (*step, f64::from(*watts)));
        let after = self.read_steps(meter.at, now);
        let watts = self.draw(now);
        let read = before.chain(after).filter(|(step, _)| *step > first).map(|(_, watts)| watts);
        let read: Vec<f64> = read.chain(watts).collect();
        let count = u32::try_from(read.len()).unwrap_or(u32::MAX);
        MeterView {
            watts,
            least: read.iter().copied().reduce(f64::min),
            mean: (count > 0).then(|| read.iter().sum::<f64>() / f64::from(count)),
            most: read.iter().copied().reduce(f64::max),
            joules: meter.joules + self.drawn(meter.at, now),
        }
    }
}

impl Server {
    /// What the machine draws, with least, mean and most of so much time before now (twenty minutes at most).
    #[must_use]
    pub fn meter(&self, interval: Duration) -> MeterView {
        self.plant.read(|world, now| world.machine(self.index).meter_view(now, interval))
    }
}

#[cfg(test)]
mod tests {
    use underlay_rack::{Device, Pdu, PowerCable, Rack};

    use super::*;
    use crate::{
        persona::PersonaSet,
        plant::{ClockMode, Origin, Plant, PowerAction},
    };

    const MINUTE: Duration = Duration::from_secs(60);

    fn machine(persona: &str) -> (Plant, Server) {
        let device = Device { name: "n1".to_owned(), persona: Some(persona.to_owned()), ..Device::default() };
        let rack = Rack { seed: 7, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
        let server = plant.server("n1").expect("it is there");
        (plant, server)
    }

    fn own(server: &Server) -> SensorData {
        let mut power = server.spec().sensors().iter();
        let own = power.find(|data| data.kind == SensorKind::Power && data.of == SensorOf::System);
        own.expect("a sensor").clone()
    }

    #[test]
    fn energy_is_power_over_time() {
        let (plant, server) = machine("standard");
        let sensor = own(&server);
        server.place(false);
        plant.advance(MINUTE);
        let off = server.meter(MINUTE).joules;
        assert!((off - 60.0 * sensor.off.expect("it draws when off")).abs() < 0.001, "{off}");
        server.place(true);
        plant.advance(MINUTE);
        let on = server.meter(MINUTE).joules - off;
        assert!((on - 60.0 * sensor.on).abs() < 0.001, "{on}");
        // Looking more often makes no difference, and neither does a change that changes nothing.
        let before = server.meter(MINUTE).joules;
        for _ in 0..60 {
            plant.advance(Duration::from_secs(1));
            server.force_sensor("no such sensor", None).expect_err("there is none");
            assert!(server.meter(MINUTE).watts.is_some());
        }
        let step = server.meter(MINUTE).joules - before;
        assert!((step - 60.0 * sensor.on).abs() < 0.001, "{step}");
    }

    #[test]
    fn between_two_states_energy_follows_the_reading() {
        let (plant, server) = machine("standard");
        let sensor = own(&server);
        server.place(false);
        server.power(PowerAction::On, Origin::Test).expect("accepted");
        // Trapezes of a hundredth of a second, of the readings that everybody sees.
        let (mut sum, mut last) =
            (0.0, server.sensor(sensor.number).and_then(|read| read.value).expect("watts"));
        for _ in 0..2000 {
            plant.advance(Duration::from_millis(10));
            let now = server.sensor(sensor.number).and_then(|read| read.value).expect("watts");
            sum += f64::midpoint(last, now) * 0.01;
            last = now;
        }
        let joules = server.meter(MINUTE).joules;
        assert!((joules - sum).abs() < 20.0 * sensor.noise + 1.0, "{joules} {sum}");
    }

    #[test]
    fn least_mean_and_most_are_of_the_interval_alone() {
        let (plant, server) = machine("standard");
        let sensor = own(&server);
        server.place(true);
        plant.advance(MINUTE);
        server.force_sensor(&sensor.name, Some(900.0)).expect("it is there");
        plant.advance(MINUTE);
        server.force_sensor(&sensor.name, None).expect("it is there");
        plant.advance(MINUTE);
        let (short, long) = (server.meter(MINUTE), server.meter(5 * MINUTE));
        assert!(short.most.expect("watts") < 400.0 && long.most == Some(900.0), "{short:?} {long:?}");
        for view in [short, long] {
            assert!(view.least <= view.mean && view.mean <= view.most, "{view:?}");
            assert!(view.least > sensor.off && view.watts <= view.most, "{view:?}");
        }
        assert!(long.mean.expect("watts") > short.mean.expect("watts") + 100.0);
        let sum = 120.0 * sensor.on + 60.0 * 900.0;
        assert!((long.joules - sum).abs() < 1.0, "{}", long.joules);
    }

    #[test]
    fn without_input_nothing_is_drawn() {
        let power = vec![PowerCable { pdu: "p1".to_owned(), outlet: 1 }];
        let device = Device { name: "n1".to_owned(), power, ..Device::default() };
        let pdus = vec![Pdu { name: "p1".to_owned(), feed: None, outlets: 1 }];
        let rack = Rack { seed: 7, pdus, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant");
        let server = plant.server("n1").expect("it is there");
        plant.advance(MINUTE);
        plant.set_outlet("p1", 1, false).expect("it is there");
        let before = server.meter(MINUTE);
        plant.advance(5 * MINUTE);
        let dark = server.meter(MINUTE);
        assert_eq!((dark.watts, dark.mean, dark.joules), (None, None, before.joules));
        plant.set_outlet("p1", 1, true).expect("it is there");
        plant.advance(5 * MINUTE);
        assert!(server.meter(MINUTE).joules > before.joules);
    }

    #[test]
    fn supplies_stand_in_for_a_machine_that_has_no_sensor_of_its_own() {
        let mut sensors = machine("dell-idrac9").1.spec().sensors().to_vec();
        let own = measuring(&sensors).map(|index| sensors[index].of).collect::<Vec<_>>();
        assert_eq!(own, [SensorOf::System]);
        sensors.retain(|data| data.of != SensorOf::System);
        let supplies = measuring(&sensors).map(|index| (sensors[index].of, sensors[index].kind));
        let expected = (SensorOf::PowerSupply, SensorKind::Power);
        assert_eq!(supplies.collect::<Vec<_>>(), [expected, expected]);
    }
}
